"""Tokens for programs, as the account page shows them."""

from recognition.models import ApiToken

READ_EXAMPLE = 'curl -H "Authorization: Bearer {secret}" {address}{path}'
UPLOAD_EXAMPLE = (
    'curl -H "Authorization: Bearer {secret}" -F file=@clip.wav -F speaker_consent=own-voice '
    "{address}clips/"
)


def example_of(token: ApiToken, secret: str, address: str) -> str:
    """A line that works with what this token may do."""
    if ApiToken.Scope.READ in token.scopes:
        return READ_EXAMPLE.format(secret=secret, address=address, path="clips/")
    if ApiToken.Scope.UPLOAD in token.scopes:
        return UPLOAD_EXAMPLE.format(secret=secret, address=address)
    return READ_EXAMPLE.format(secret=secret, address=address, path="reviews/")
