// What runs in Python: the operations of the Python threads, and what the others call.

export const pythonSide = `
import array, asyncio, gc, itertools, queue, random, sys, threading, time

made, freed = itertools.count(), itertools.count()
def total(counter):
    return int(repr(counter)[6:-1])

class Tracked:
    """Each one that is made must be freed."""
    def __init__(self, value=None):
        next(made)
        self.value = value
    __del__ = freed.__next__  # not Python code: an interrupt of the code around it must not hit it
    def get(self):
        return self.value

class Shared:
    n = 0
    table = {}

def echo(*args, **kwargs):
    return (args, kwargs) if kwargs else args[0] if len(args) == 1 else args
def fail(text):
    raise ValueError(text)
def apply(function, *args):
    return function(*args)
def count_to(n):
    for i in range(n):
        yield Tracked(i)
def make_class(serial):
    base = type(f"Base{serial}", (Tracked,), {"serial": serial})
    return type(f"Made{serial}", (base,), {"twice": lambda self: 2 * self.serial, "__call__": lambda self, x: x + serial})
def spin(milliseconds):
    end = time.monotonic() + milliseconds / 1000
    n = 0
    while time.monotonic() < end: n += 1
    return milliseconds
def sleepy(milliseconds):
    time.sleep(milliseconds / 1000)
    return milliseconds
def in_a_thread(function, *args):
    result = []
    thread = threading.Thread(target=lambda: result.append(function(*args)))
    thread.start()
    thread.join()
    return result[0]

async def add_later(a, b):
    await asyncio.sleep(0)
    return Tracked(a + b)
async def await_both(promise, other):
    return [await promise, await other]
async def count_later(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield Tracked(i)
async def fail_later(text):
    await asyncio.sleep(0)
    raise ValueError(text)

class Actor(threading.Thread):
    """One Python thread that does random things with JavaScript objects of the main thread."""
    def __init__(self, index, seed, js, of_workers):
        super().__init__(name=f"actor-{index}")
        self.random, self.js, self.of_workers = random.Random(seed), js, of_workers
        self.index, self.open, self.counts, self.done, self.error = index, True, {}, 0, None
    def run(self):
        names = [name for name in dir(self) if name.startswith("do_")]
        while self.open:
            name = self.random.choice(names)
            try:
                getattr(self, name)(self.random)
            except BaseException as error:
                import traceback
                self.error = f"{name}: " + "".join(traceback.format_exception(error))
                return
            self.counts[name[3:]] = self.counts.get(name[3:], 0) + 1
            self.done += 1

    def do_call(self, r):
        a, b = r.randrange(10**6), r.randrange(10**6)
        assert self.js.add(a, b) == a + b
    def do_callback(self, r):
        n = r.randrange(1000)
        assert self.js.call(lambda x: Tracked(x + n), n).value == 2 * n
    def do_nested(self, r):
        n = r.randrange(1, 6)
        assert self.js.down(n, self.js.down) == n
    def do_attribute(self, r):
        name, value = f"of{self.index}_{r.randrange(5)}", r.randrange(10**9)
        setattr(self.js.bag, name, value)
        assert getattr(self.js.bag, name) == value
    def do_method(self, r):
        n = r.randrange(1000)
        thing = self.js.make(n)
        assert thing.n == n and thing.plus(1) == n + 1 and thing.self is thing
    def do_error(self, r):
        text = f"error {r.randrange(1000)}"
        try:
            self.js.fail(text)
        except Exception as error:
            assert text in str(error), error
            del error
        else:
            assert False, "nothing was raised"
    def do_python_error(self, r):
        try:
            self.js.call(fail, "mine")
        except ValueError as error:
            assert str(error) == "mine"
            del error
    def do_items(self, r):
        n = r.randrange(1, 8)
        numbers = self.js.numbers(n)
        assert [x for x in numbers] == list(range(n)) and len(numbers) == n and numbers[n - 1] == n - 1
    def do_buffer(self, r):
        n = r.randrange(1, 100)
        view = memoryview(self.js.floats(n))
        assert len(view) == n and view[n - 1] == n - 1 and sum(view) == n * (n - 1) / 2
        view[0] = 5.0
    def do_text(self, r):
        text = "".join(r.choices("abcäöü日本🐍\\0 ", k=r.randrange(30)))
        assert self.js.echo(text) == text
    def do_data(self, r):
        data = {"a": [1, 2.5, None, True, "x"], "b": {"c": [r.randrange(100)]}, "s": "y" * r.randrange(50)}
        assert self.js.json(data) == self.js.json(data)
    def do_class(self, r):
        serial = r.randrange(10**6)
        assert self.js.call(lambda cls: cls().twice(), make_class(serial)) == 2 * serial
    def do_cycle(self, r):
        ring = [self.js.make(1), Tracked()]
        ring.append(ring)
    def do_collect(self, r):
        if r.random() < 0.05: gc.collect()
    def do_worker(self, r):
        functions = list(self.of_workers.values())
        if not functions: return
        n = r.randrange(1000)
        try:
            assert r.choice(functions)(n) == n + 1
        except (ReferenceError, RuntimeError) as error:
            assert str(error).startswith(("JsEnvironmentClosed", "JsThreadBlocked")), error
            del error

actors = []
of_workers = {}
def start(count, seed, js):
    for index in range(count):
        actors.append(Actor(index, seed * 1000 + index, js, of_workers))
    for actor in actors:
        actor.start()
def progress():
    return [actor.done for actor in actors]
def errors():
    return [actor.error for actor in actors if actor.error]
def stop():
    for actor in actors:
        actor.open = False
def are_alive():
    return any(actor.is_alive() for actor in actors)
def finish():
    for actor in actors:
        actor.join()
    counts = {}
    for actor in actors:
        for name, count in actor.counts.items():
            counts[name] = counts.get(name, 0) + count
    actors.clear()
    of_workers.clear()
    Shared.table.clear()
    return counts
def left_over():
    """What must be nothing at the end: objects of ours, and JavaScript objects that Python still holds."""
    gc.collect()
    ours = [o for o in gc.get_objects() if type(o).__module__ == "caduceus" and type(o).__name__.startswith("Js")]
    others = [t for t in threading.enumerate() if not t.name.startswith("caduceus-pool")]
    # An interrupt may hit __init__ before it counts: then one more is freed than was made, and none is left.
    tracked = sum(isinstance(o, Tracked) for o in gc.get_objects())
    return max(tracked, total(made) - total(freed)), len(ours), len(others)
`;
