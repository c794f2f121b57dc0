// Where and in which order the constructors of JavaScript classes that extend Python's run.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { runProgram } from '../support/program.ts';

py.exec(`
import threading
class Base:
    def __init__(self, *args, **options):
        self.args = (*args, *options.items())
        self.thread = threading.get_ident()
        self.order = ['init']
        self.size = 1
        self.begin()
    def begin(self): pass
`);
const { Base } = py.main;

/** A program that asks a server which it runs in a thread of Python's. */
const asks = (handler: string) => `
const server = py.import('http.server');
${handler}
const served = server.ThreadingHTTPServer(py.eval('("127.0.0.1", 0)'), Handler);
const running = py.async(served.serve_forever);
const answers = ['/a', '/b', '/c'].map(async (path) => (await fetch('http://127.0.0.1:' + served.server_port + path)).text());
console.log((await Promise.all(answers)).join());
await served.shutdown.async();
await running;
served.server_close();
`;

describe('a class that extends http.server’s, whose __init__ answers the request', { concurrency: 2 }, () => {
  test('serves the program that it is in', async () => {
    const ended = await runProgram(
      asks(`
class Handler extends server.BaseHTTPRequestHandler {
  do_GET() {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(new TextEncoder().encode('got ' + this.path));
  }
  log_request(...rest) {}
}`),
    );
    assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, 'got /a,got /b,got /c\n', '']);
  });

  test('with fields and a constructor that hands everything on', async () => {
    const ended = await runProgram(
      `${asks(`
const ended = [];
class Quiet extends server.BaseHTTPRequestHandler {
  #level = 3;
  log_request(...rest) {}
  level() { return this.#level; }
}
class Handler extends Quiet {
  answered = this.path.length;
  constructor(...args) {
    super(...args);
    ended.push([this.answered, this.level(), args.length].join());
  }
  do_GET() {
    this.send_response(204);
    this.end_headers();
  }
}`)}
while (ended.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
console.log(ended.join(' '));`,
    );
    assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, ',,\n2,3,3 2,3,3 2,3,3\n', '']);
  });
});

describe('an object that Python constructs', () => {
  const here = () => py.import('threading').get_ident();

  test('is initialized in the thread that constructs it, before its fields', async () => {
    class Plain extends Base {
      size = 2;
      seen = [...this.order];
      begin(): void {
        this.early = [this.size, this.seen, this instanceof Plain];
        this.order.append('begin');
      }
    }
    class More extends Plain {
      #secret = 7;
      twice = this.size * 2;
      secret() {
        return this.#secret;
      }
    }
    for (const made of [await (More as any).async(1, 2.5), new (More as any)(1, 2.5)]) {
      assert.deepEqual([made.size, made.seen, made.twice], [2, ['init', 'begin'], 4]);
      assert.deepEqual([made.early, made.secret(), made instanceof More], [[1, undefined, true], 7, true]);
    }
    const made = await py.eval('lambda More: More(1.0)').async(More);
    assert.notEqual(made.thread, here());
    assert.equal(py.eval('lambda made: [type(one).__name__ for one in made.args] == ["float"]')(made), true);
  });

  test('also by a class of Python’s that extends it in turn', async () => {
    class Plain extends Base {
      size = 2;
      seen = [...this.order];
      begin() {
        this.heard = this.name();
      }
      name() {
        return 'plain';
      }
    }
    const scope = py.scope({ Plain });
    scope.exec(`
class Python(Plain):
    def __init__(self, size, *, unit='cm'):
        super().__init__(size, unit=unit)
        self.after = self.seen
    def name(self): return 'python'
`);
    const made = await scope.get('Python').async(5);
    assert.deepEqual(
      [made.heard, made.size, [...made.after], made.name()],
      ['python', 2, ['init'], 'python'],
    );
    assert.equal(py.eval('lambda made: made.args == (5, ("unit", "cm"))')(made), true);
  });

  test('once, though JavaScript extends what Python extends of JavaScript’s', async () => {
    class Plain extends Base {
      seen = [...this.order];
      name() {
        return 'plain';
      }
    }
    class Own extends Base {
      #secret: unknown;
      constructor(size: number) {
        super(size);
        this.#secret = size;
        this.seen = [...this.order];
      }
      name() {
        return this.#secret ? 'own' : 'nothing';
      }
    }
    for (const Parent of [Plain, Own]) {
      const scope = py.scope({ Parent });
      scope.exec(`
class Python(Parent):
    def __init__(self, size):
        super().__init__(size)
    def name(self): return 'python ' + super().name()
`);
      class Again extends scope.get('Python') {
        extra = this.name();
        name() {
          return `again ${super.name()}`;
        }
      }
      const expected = `again python ${Parent.name.toLowerCase()}`;
      for (const made of [await (Again as any).async(5), new (Again as any)(5)]) {
        assert.deepEqual([made.extra, made.seen, [...made.args]], [expected, ['init'], [5]]);
        assert.deepEqual(
          [made instanceof Again, made instanceof Parent, made.nothing],
          [true, true, undefined],
        );
        assert.equal(py.eval('lambda x: x')(made), made);
      }
    }
  });

  test('with constructors as compilers write them', async () => {
    class Compiled extends Base {
      constructor() {
        // biome-ignore lint/complexity/noArguments: as compilers write it
        super(...arguments);
        this.size = 3;
      }
    }
    const made = await Compiled.async('x', 'y');
    assert.notEqual(made.thread, here());
    assert.deepEqual([made.size, [...made.args]], [3, ['x', 'y']]);
  });

  test('is what a constructor of its own makes of it, in JavaScript’s thread', async () => {
    class Own extends Base {
      constructor(size: number) {
        super(size + 1);
        this.own = size;
      }
    }
    class Below extends Own {
      field = this.own;
    }
    const made = await (Below as any).async(4);
    assert.deepEqual([[...made.args], made.own, made.field, made.thread], [[5], 4, 4, here()]);
  });

  test('is not there when its __init__ or a field throws', async () => {
    class Failing extends Base {
      begin(): void {
        throw new RangeError('begin');
      }
    }
    class Late extends Base {
      field = ((): number => {
        throw new RangeError('field');
      })();
    }
    await assert.rejects(Failing.async(), /begin/);
    await assert.rejects(Late.async(), /field/);
  });

  test('is initialized again as often as Python asks', async () => {
    class Plain extends Base {
      size = 2;
    }
    const made = await Plain.async(1);
    made.size = 9;
    made.extra = 'kept';
    py.eval('lambda made: made.__init__(7)')(made);
    assert.deepEqual([made.size, [...made.args], made.extra], [2, [7], 'kept']);
    assert.equal(py.eval('lambda x: x')(made), made);
  });
});
