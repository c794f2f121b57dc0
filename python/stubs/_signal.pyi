from signal import SIG_DFL as SIG_DFL
from signal import SIGHUP as SIGHUP
from signal import SIGINT as SIGINT
from signal import SIGTERM as SIGTERM
from signal import SIGURG as SIGURG
from signal import default_int_handler as default_int_handler
from signal import signal as signal

def pthread_kill(thread_id: int, signalnum: int, /) -> None: ...
