"""Who sent a delivery: Standard Webhooks signatures over the raw body.

Source: Standard Webhooks 1.0 (https://www.standardwebhooks.com); the library `standardwebhooks` does the
arithmetic and allows the timestamp to be five minutes off in either direction.
"""

from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook, WebhookVerificationError

from performance_rating.problems import Refusal

MAX_WEBHOOK_ID_CHARACTERS = 200


class BadSignature(Refusal):
    status = 401
    code = "bad-signature"
    title = "The signature could not be verified"


def require_signature(body: bytes, *, headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    """The `webhook-id` of a body that one of `secrets` has signed.

    Raises: BadSignature if a header is missing or malformed, the timestamp is too old or too new, or
    no secret matches. The answer does not say which secret was tried.
    """
    reason = "No matching signature found"
    for secret in secrets:
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            reason = str(error)
        except ValueError:
            # The library lets decoding errors of a malformed header or body through.
            reason = "Malformed signature or body encoding"
        else:
            return _require_usable_id(headers["webhook-id"])
    raise BadSignature(f"{reason}. Check the secret, the clock and that the body is sent byte for byte.")


def _require_usable_id(webhook_id: str) -> str:
    if len(webhook_id) > MAX_WEBHOOK_ID_CHARACTERS:
        raise BadSignature(f"webhook-id is longer than {MAX_WEBHOOK_ID_CHARACTERS} characters")
    return webhook_id
