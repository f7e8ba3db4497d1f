"""The API's documentation as a page, served from this machine: nothing is loaded from anywhere else."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)
assets = StaticFiles(directory=str(files("fastapi_offline") / "static"))
"""Swagger UI; mounted at /docs/assets."""

# Swagger UI sets styles inline; scripts still come from our own files only.
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Close the Loop: API</title>
  <link rel="icon" href="/docs/assets/favicon.png">
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
  <div id="docs"><noscript>This page needs JavaScript. The document itself: <a href="/openapi.json">/openapi.json</a>
  </noscript></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>"""
_START = (
    'SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "list", '
    "defaultModelsExpandDepth: 0, persistAuthorization: false});\n"
)


@router.get("/docs")
def page() -> HTMLResponse:
    """Every route with examples, to be tried with a token."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
def start() -> Response:
    """The one line of script that opens the document."""
    return Response(_START, media_type="text/javascript")
