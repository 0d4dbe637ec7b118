"""A plain file as a plugin: its text, its functions, its hooks."""

import os
import sys
import types

HOOKS = frozenset(("init", "handle_open", "handle_msg", "handle_broken", "authenticate", "handle_request", "on_request",
                   "on_response", "on_data"))


def load(module, file):
    """Run a plugin's file and return its namespace. Any exception: it cannot be loaded."""
    name = "plugin_" + module
    plugin = types.ModuleType(name)
    plugin.__file__ = file
    sys.modules[name] = plugin
    sys.argv = [file]
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    exec(compile(text(file), file, "exec", dont_inherit=True), plugin.__dict__)
    return plugin


def text(file):
    """Return the text to run: of the descriptor in FONDACO_CODE, else of the file."""
    code = os.environ.pop("FONDACO_CODE", "")
    if not code:
        with open(file, "rb") as f:
            return f.read()
    fd = int(code.partition(":")[2])
    parts, size = [], 0
    while True:
        part = os.pread(fd, 1 << 20, size)
        if not part:
            os.close(fd)
            return b"".join(parts)
        parts.append(part)
        size += len(part)


def split(plugin):
    """Return a plugin's functions, its predicates by the function's name, and its init, start and stop or None."""
    public = {name: value for name, value in vars(plugin).items() if _is_public(plugin, name, value)}
    hooks = [public.pop(name) if name in public and _without_arguments(public[name]) else None for name in ("start", "stop")]
    hooks.insert(0, public.get("init"))
    for name in HOOKS & public.keys():
        del public[name]
    guards = {name: public[name + "_pred"] for name in public if name + "_pred" in public}
    for name in guards:
        del public[name + "_pred"]
    wanted = getattr(plugin, "__all__", None)
    if wanted is not None:
        public = {name: value for name, value in public.items() if name in wanted}
    return (public, {name: value for name, value in guards.items() if name in public}, *hooks)


def _is_public(plugin, name, value):
    """Report whether a name stands for a function that the plugin's file defines."""
    return (not name.startswith("_") and (isinstance(value, types.FunctionType) or hasattr(value, "__wrapped__"))
            and not isinstance(value, type) and getattr(value, "__module__", None) == plugin.__name__)


def _without_arguments(function):
    """Report whether a function can be called without arguments."""
    function = getattr(function, "__wrapped__", function)
    code = function.__code__
    return (code.co_argcount == len(function.__defaults__ or ())
            and code.co_kwonlyargcount == len(function.__kwdefaults__ or ()))
