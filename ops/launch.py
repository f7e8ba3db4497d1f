"""`python -m ops.launch worker`: the same as `python -m worker`, and ready a fifth sooner.

While a program loads, it makes hundreds of thousands of objects and hardly any garbage, for which Python would look
again and again. From `lifetime.begin` on it looks as often as ever.
"""

import gc
import runpy
import sys

NEVER = 1_000_000
"""So many new objects before it looks: more than any of ours makes while it loads."""

if __name__ == "__main__":
    gc.set_threshold(NEVER)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
