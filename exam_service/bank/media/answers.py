"""How an image leaves the service."""

from fastapi.responses import Response

from exam_service.bank.media.showing import ImageFile

# An SVG opened by itself is a document: it may draw, and do nothing else.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def image_answer(file: ImageFile, *, max_age_s: int) -> Response:
    """The image, for this browser only; its name is that of its content, so it never changes."""
    headers = {
        "Cache-Control": f"private, max-age={max_age_s}, immutable",
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(file.data, media_type=file.media_type, headers=headers)
