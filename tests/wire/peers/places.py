"""Where the programs that play Twilio are, once they are installed."""

from pathlib import Path

from tests.npm import Packages

PACKAGES = Packages("peers", Path(__file__).parent)
EMULATE = PACKAGES.modules / "emulate"
PRISM = PACKAGES.modules / "@stoplight" / "prism-cli" / "dist" / "index.js"
DESCRIPTION = PACKAGES.modules / "@twilio-alpha" / "mcp" / "twilio-oai" / "spec" / "json" / "twilio_api_v2010.json"
