"""Does what systemd does: opens sockets, hands them to a program as descriptors 3 and up, and becomes that program.

hand-over.py NAME=ADDRESS... -- PROGRAM [ARGUMENT]...   ADDRESS is a path, or `tcp` for a free port of 127.0.0.1.
Writes a line `listening PORT...` first.
"""
import fcntl
import os
import socket
import sys

split = sys.argv.index('--')
wanted = [text.split('=', 1) for text in sys.argv[1:split]]
sockets = []
for name, address in wanted:
    if address == 'tcp':
        made = socket.socket()
        made.bind(('127.0.0.1', 0))
    else:
        made = socket.socket(socket.AF_UNIX)
        made.bind(address)
    made.listen(64)
    sockets.append(made)
ports = [made.getsockname()[1] for made in sockets if made.family == socket.AF_INET]
print('listening', *ports, flush=True)
# Out of the way first, so that none of them is overwritten before its turn.
high = [fcntl.fcntl(made.fileno(), fcntl.F_DUPFD, 100) for made in sockets]
for place, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + place, inheritable=True)
os.environ.update(
    LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=':'.join(name for name, _ in wanted)
)
os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
