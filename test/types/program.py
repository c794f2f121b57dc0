"""What type checkers see of the package: each line with an error says which kind."""

import asyncio
from typing import Any, assert_type

import caduceus
import caduceus.npm.lodash
from caduceus import JsError, import_, js, new, on_js, ref, require, to_js, to_py, typeof, undefined
from caduceus.node import fs
from caduceus.node.events import EventEmitter
from caduceus.npm import lodash
from caduceus.npm.at_scope.some_package import scoped
from caduceus.npm.lodash import chunk
from js import Math


class Mine(EventEmitter):
    def emit(self, name: str, *args: object) -> bool:
        return bool(super().emit(name, *args))


Mine().on("line", print)
print(chunk([1, 2, 3], 2)[0], lodash.chunk, caduceus.npm.lodash.chunk, scoped, fs.existsSync("x"), Math.max(1, 2))
assert_type(typeof(js.JSON), str)
assert_type(on_js(lambda count: count + 1, 1), int)
assert_type(require("lodash"), Any)
print(new(js.Map), to_py(js.Array()), to_js([1]), ref([1]), undefined)
try:
    js.JSON.parse("{")
except js.SyntaxError as error:
    print(error)
except JsError as error:
    assert_type(error.js_stack, str)
    print(error.value, error.code)


async def main() -> None:
    module = await import_("lodash-es")
    print(module.chunk)


asyncio.run(main())

require(1)  # error: arg-type
number: int = typeof(js)  # error: assignment
print(caduceus.nothing)  # error: attr-defined
on_js(len)  # error: call-arg
