"""The launcher: it loads one plugin and serves its functions. Arguments: MODULE FILE."""

import json
import os
import signal
import sys

import fondaco
from fondaco import codec, errors, plugin, wire, worker


def main():
    """Load the plugin, say hello, serve until bye."""
    sock = wire.connect(os.environ.pop("FONDACO_SOCKET", ""))
    _close_script()
    signal.signal(signal.SIGINT, _ignore)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    module, file = sys.argv[1:3]
    served = worker.Worker(sock, codec.choose(), module)
    fondaco._worker = served
    try:
        fondaco.config = json.loads(os.environ.get("FONDACO_CONFIG", "{}"))
        served.functions, served.guards, init, start, stop = plugin.split(plugin.load(module, file))
        if os.environ.pop("FONDACO_INIT", "") and init:
            init()
        if start:
            start()
    except BaseException as error:
        _report(error, file)
        sys.exit(1)
    served.greeted = True
    served.send(0, [wire.HELLO, {
        "version": 1,
        "functions": list(served.functions),
        "guards": list(served.guards),
        "language": "python %d.%d.%d" % sys.version_info[:3],
    }])
    served.flush()
    served.run()
    try:
        if stop:
            stop()
    except BaseException as error:
        _report(error, file)
        sys.exit(1)


def _ignore(_number, _frame):
    """Take an interrupt from the terminal, which is meant for the host. Unlike SIG_IGN, children do not inherit this."""


def _close_script():
    """Close the descriptor that this script came from, if it was one."""
    folder, number = os.path.split(sys.argv[0])
    if folder == "/proc/self/fd" and number.isdigit():
        os.close(int(number))


def _report(error, file):
    """Print why the plugin cannot be loaded, with the place in it."""
    name, text, lines = errors.describe(error)
    place = ":".join(lines[0].split(":")[:-1]) if lines else file
    if isinstance(error, SyntaxError) and error.filename:
        place, text = "%s:%s" % (errors.clean(error.filename), error.lineno), errors.clean(error.msg)
    for line in reversed(lines[1:]):
        print("  from " + line, file=sys.stderr)
    print("%s: %s: %s" % (place, name, text), file=sys.stderr)


main()
