"""What API Gateway itself answers before any code of ours runs: as pages, in both languages."""

from __future__ import annotations

from typing import Any

_PAGE = """<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
<main>
<h1>{dutch}</h1>
<p>{dutch_help}</p>
<div lang="en"><h2>{english}</h2><p>{english_help}</p></div>
</main>
</body>
</html>
"""

_NOT_FOUND = _PAGE.format(
    title="Pagina niet gevonden / Page not found",
    dutch="Pagina niet gevonden",
    dutch_help="Klopt het adres?",
    english="Page not found",
    english_help="Is the address right?",
)
_REFUSED = _PAGE.format(
    title="Dat lukt niet / This is not possible",
    dutch="Dat lukt niet",
    dutch_help="Ga terug en probeer het nog eens.",
    english="This is not possible",
    english_help="Go back and try again.",
)
_FAULT = _PAGE.format(
    title="Er gaat iets mis / Something went wrong",
    dutch="Er gaat iets mis",
    dutch_help="Probeer het later nog eens.",
    english="Something went wrong",
    english_help="Try again later.",
)


# Values cannot hold quotes here, so these pages, which hold nothing active, get a plain sandbox.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def gateway_responses() -> dict[str, Any]:
    """API Gateway's own answers, as the `GatewayResponses` of a SAM API.

    An unknown address is its MISSING_AUTHENTICATION_TOKEN, with status 403 and JSON; people get a
    404 and a page.
    """
    return {
        "MISSING_AUTHENTICATION_TOKEN": {"StatusCode": 404, **_response(_NOT_FOUND)},
        "DEFAULT_4XX": _response(_REFUSED),
        "DEFAULT_5XX": _response(_FAULT),
    }


def _response(page: str) -> dict[str, Any]:
    return {
        "ResponseParameters": {"Headers": {name: f"'{value}'" for name, value in _HEADERS.items()}},
        "ResponseTemplates": {"text/html": page, "application/json": page},
    }
