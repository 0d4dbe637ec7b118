"""Exceptions on their way to a caller, and those that come back from a call."""

OWN = "<fondaco/"  # the file names of this library begin so
MAX_FRAMES = 100
MAX_TEXT = 65536


class Error(Exception):
    """A call that a plugin made and that failed.

    kind is the word of docs/protocol.md, such as "timeout" or "user";
    class_name and backtrace are those of the exception in the other plugin.
    """

    def __init__(self, kind, class_name="", message="", backtrace=()):
        super().__init__(message)
        self.kind = kind
        self.class_name = class_name
        self.message = message
        self.backtrace = list(backtrace)


class Canceled(Error):
    """Nobody waits for the call any more that the plugin works on."""

    def __init__(self):
        super().__init__("canceled", "", "nobody waits for this call any more")


def of_message(message):
    """Return the Error that an error message of the host carries."""
    fields = message[1:5]
    if not fields or any(type(f) is not str for f in fields[:3]):
        return Error("protocol", "", "the host sent an error that cannot be read")
    return Error(*fields[:3], *([str(line) for line in lines] for lines in fields[3:4] if type(lines) is list))


def describe(error):
    """Return class, message and backtrace of an exception, as the wire takes them."""
    lines = frames(error)
    if isinstance(error, Error):
        name = error.class_name if error.kind == "user" else camel(str(error.kind))
        return clean(name), clean(error.message), ([clean(line) for line in error.backtrace] + lines)[:MAX_FRAMES]
    try:
        text = str(error)
    except Exception:
        text = "(its message cannot be shown)"
    if isinstance(error, SystemExit):
        text = "the plugin asked to exit with status %s" % (text or "0")
    return type(error).__name__, clean(text), lines


def frames(error):
    """Return the plugin's frames of an exception, innermost first, as "file:line:in function"."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(OWN):
            lines.append(clean("%s:%d:in %s" % (code.co_filename, trace.tb_lineno, code.co_name)))
        trace = trace.tb_next
    return lines[:-MAX_FRAMES - 1:-1]


def camel(kind):
    """Return a kind in camel case: no_function as NoFunction."""
    return "".join(word.capitalize() for word in kind.split("_"))


def clean(text):
    """Return the text, cut where it is too long, without what UTF-8 cannot hold."""
    return str(text)[:MAX_TEXT].encode("utf-8", "backslashreplace").decode()
