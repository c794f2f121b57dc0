from signal import SIGINT as SIGINT
from signal import SIGURG as SIGURG
from signal import default_int_handler as default_int_handler
from signal import signal as signal
