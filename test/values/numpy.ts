import { start } from 'caduceus';

/** Starts the Python of the tests' venv; its numpy and pandas, or why there are none. */
function open(): {
  numpy?: ReturnType<typeof start>;
  pandas?: ReturnType<typeof start>;
  skip: string | false;
} {
  const venv = process.env.CADUCEUS_TEST_VENV;
  if (!venv) return { skip: 'NOT TESTED: CADUCEUS_TEST_VENV names no venv with numpy and pandas' };
  const py = start({ python: venv });
  try {
    return { numpy: py.import('numpy'), pandas: py.import('pandas'), skip: false };
  } catch (error) {
    return { skip: `NOT TESTED: numpy and pandas cannot be imported: ${String(error)}` };
  }
}

export const {
  numpy: np,
  pandas: pd,
  skip,
} = open() as {
  numpy: any;
  pandas: any;
  skip: string | false;
};
