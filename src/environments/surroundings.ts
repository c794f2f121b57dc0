// Everything outside of the interpreters themselves that decides what discovery finds.

import { dirname, resolve } from 'node:path';
import { homeFolder } from './home-folder.ts';

/** Read once per discovery, so that one discovery sees one state of the world. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  folder: string;
  /** The folder of the main script; undefined at a prompt or with `node -e`. */
  scriptFolder: string | undefined;
  home: string;
  /** Folders of commands that are looked at last, whether PATH names them or not. */
  systemFolders: readonly string[];
}

export function currentSurroundings(): Surroundings {
  const script = process.argv[1];
  return {
    env: process.env,
    folder: process.cwd(),
    // Not the real path: a command in node_modules/.bin belongs to the project that holds the link.
    scriptFolder: script ? dirname(resolve(script)) : undefined,
    get home() {
      return homeFolder();
    },
    systemFolders: commandFolders[process.platform] ?? ['/usr/local/bin', '/usr/bin'],
  };
}

const commandFolders: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['/opt/homebrew/bin', '/usr/local/bin'],
  win32: [],
};
