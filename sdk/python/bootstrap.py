# Runs the library's modules, which follow as text, so that they can be imported without being files.
import sys

if not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # the folder of this script, where nothing is to be looked for

import types


def _module(name, file, text):
    """Make the module of a name from its text, and an attribute of its package."""
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules[name] = types.ModuleType(name)
        package, _, child = name.rpartition(".")
        if package:
            setattr(sys.modules[package], child, module)
    exec(compile(text, "<fondaco/%s>" % file, "exec", dont_inherit=True), module.__dict__)


sys.modules["fondaco"] = types.ModuleType("fondaco")
sys.modules["fondaco"].__path__ = []
