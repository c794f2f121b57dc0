// What runs in Python: the operations of the Python threads, and what the others call.

export const pythonSide = `
import array, asyncio, collections, concurrent.futures, contextvars, gc, itertools, queue, random, sys, threading, time, warnings

# A call that is aborted before it begins leaves its coroutine alone.
warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)

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

class TrackedBytes(bytearray):
    def __init__(self, size):
        super().__init__(size)
        next(made)
    __del__ = freed.__next__

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
def make_pair_class(Base):
    class Pair(Base):
        def __init__(self, n):
            next(made)
            super().__init__(n)
            self.n = n
            self.listen(self.note)
        def note(self, x):
            return (self.n, x)
        def area(self):
            return super().area() + self.n
        __del__ = freed.__next__
    return Pair
def call_get(one):
    return one.get()
def call_back(one):
    return one.callback()
def call_with_c(function, n):
    return function(n, c=n + 1)
def spin(milliseconds):
    end = time.monotonic() + milliseconds / 1000
    n = 0
    while time.monotonic() < end: n += 1
    return milliseconds
def sleepy(milliseconds):
    time.sleep(milliseconds / 1000)
    return milliseconds
def in_a_thread(function, *args):
    answers = []
    def ask():
        try:
            answers.append(function(*args))
        except ReferenceError as error:  # a worker that was terminated hears no answer
            answers.append(str(error))
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers[0]

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

async def sleep_later(milliseconds):
    await asyncio.sleep(milliseconds / 1000)
    return milliseconds
async def sum_until(numbers, end):
    total = 0
    async for n in numbers:
        if n == end: break
        total += n
    return total
async def apply_later(function):
    await asyncio.sleep(0)
    return function()
variable = contextvars.ContextVar("variable", default=-1)
def set_variable(n):
    before = variable.get()
    variable.set(n)
    return before
class Later:
    def __init__(self, value):
        self.value = value
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self.value
    async def __aexit__(self, *error):
        await asyncio.sleep(0)
def look_at_class(cls, one):
    again = cls()
    return [one.twice(), again.thrice, again.serial == one.serial]

# Memory of JavaScript that any thread looks at and lets go of, also after its thread has ended.
views = collections.deque()
def keep_view(buffer, value, size):
    views.append((memoryview(buffer), value, size))
def keep_unseen(buffer, value, size):
    views.append((buffer, value, size))
def look_at_views(count):
    while count > 0 or len(views) > 200:
        count -= 1
        try:
            kept, value, size = views.popleft()
        except IndexError:
            return
        if isinstance(kept, memoryview):
            view = kept
        else:
            try:
                view = memoryview(kept)
            except (BufferError, ReferenceError, RuntimeError) as error:
                text = str(error)
                assert "transferred away" in text or "has ended" in text or text.startswith("JsThreadBlocked"), text
                del error
                continue
        assert view.nbytes == size, (view.nbytes, size)
        data = view.cast("B")
        if size:
            assert data[0] == data[size // 2] == data[-1] == value and bytes(data) == bytes([value]) * size
            data[0] = data[-1] = value ^ 255
        data.release()
        view.release()

# JavaScript threads that wait to be interrupted. Who claims one interrupts it, and until then it stays there, so that
# no other call is hit. Who is terminated meanwhile is taken out: another thread may get its number, and would be hit,
# such as one of an executor's, which then never answers.
waiting = {}
def wait_interrupted(ident, milliseconds):
    end = time.monotonic() + milliseconds / 1000
    waiting[ident] = True
    try:
        while time.monotonic() < end: time.sleep(0.0002)
        if waiting.pop(ident, False): return "waited"
        end += 20
        while time.monotonic() < end: time.sleep(0.0002)
        return "waited"
    except KeyboardInterrupt:
        waiting.pop(ident, None)
        return "interrupted"
def claim_waiting():
    try:
        return waiting.popitem()[0]
    except KeyError:
        return None

class Victim(threading.Thread):
    loops = hit = False
    def run(self):
        try:
            self.loops = True
            while True: time.sleep(0.0005)
        except KeyboardInterrupt:
            self.hit = True

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
    def do_pair(self, r):
        n = r.randrange(1000)
        one = pair_of_main[0](n)
        assert (one.n, one.area(), one.size) == (n, 2 * n, n)
        assert [list(told) for told in one.tell(4)] == [[n, 4]]
        one.me = one
    def do_collect(self, r):
        if r.random() < 0.05: gc.collect()
    def do_views(self, r):
        look_at_views(r.randrange(4))
    def do_memory(self, r):
        n = r.randrange(100)
        array = self.js.filled(n, 7)
        views.append((memoryview(array) if r.random() < 0.5 else array, 7, n))
    def do_promise(self, r):
        if r.random() > 0.2: return
        n, text = r.randrange(1000), f"later {r.randrange(1000)}"
        async def ask():
            try:
                await self.js.failLater(text)
            except Exception as error:
                assert text in str(error), error
                del error
            total = 0
            async for i in self.js.countLater(4): total += i
            assert total == 6
            return await asyncio.gather(*(self.js.later(n + i) for i in range(3)))
        assert asyncio.run(ask()) == [n, n + 1, n + 2]
    def do_executor(self, r):
        if r.random() > 0.2: return
        with concurrent.futures.ThreadPoolExecutor(3) as executor:
            assert list(executor.map(self.js.add, range(5), range(5))) == [0, 2, 4, 6, 8]
    def do_interrupt(self, r):
        if r.random() > 0.2: return
        victim = Victim()
        victim.start()
        while not victim.loops: time.sleep(0)
        assert self.js.interrupt(victim.ident)
        victim.join(5)
        # It may have come into the middle of a weakref callback or a destructor, from which Python lets nothing through.
        while victim.is_alive():
            self.js.interrupt(victim.ident)
            victim.join(5)
        assert victim.hit
    def do_python_buffer(self, r):
        n = r.randrange(1, 300)
        assert self.js.bytes(bytearray([3]) * n) == 3 * n
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
pair_of_main = []
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
    views.clear()
    waiting.clear()
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
