"""What the API says besides: one sentence for each code that only it can answer with."""

from django.utils.translation import gettext_lazy as _

API_SENTENCES = {
    "api:user:not-authenticated": _(
        "Sign in, or send a token in the header: “Authorization: Bearer <your token>”. "
        "Tokens are made on the account page."
    ),
    "api:user:token-malformed": _(
        "The header “Authorization” can’t be read. It has the form “Bearer <your token>”, "
        "with one space between them."
    ),
    "api:user:token-unknown": _(
        "There is no such token. Check that it was copied whole, or make one on the account page."
    ),
    "api:user:token-revoked": _("This token was revoked. Make another one on the account page."),
    "api:user:token-expired": _("This token has expired. Make another one on the account page."),
    "api:user:account-inactive": _(
        "The account of this token is blocked. Ask the administrator of this site."
    ),
    "api:user:csrf": _(
        "The CSRF token is missing or wrong. Who is signed in by cookie sends it in the header "
        "X-CSRFToken with all that changes something; a program had better use a token."
    ),
    "api:user:scope": _(
        "This token may not do that: it lacks the scope “{scope}”. "
        "Make one that has it on the account page."
    ),
    "api:user:session-only": _(
        "No token can do that: it takes a person. Sign in and use the page for it, or send the "
        "session’s cookie with the CSRF token."
    ),
    "api:user:reviewers-only": _("Only reviewers can do that."),
    "api:user:permission-denied": _(
        "You may not do that. Ask an administrator of this site for the right to."
    ),
    "api:user:not-found": _("Nothing is there, or nothing that you may see."),
    "api:user:no-address": _(
        "The API has no address {path}. Addresses begin with /api/v1/ and end with a slash."
    ),
    "api:user:method-not-allowed": _("{method} is not possible here, only {allowed}."),
    "api:user:not-acceptable": _(
        "The header “Accept” asks for a format that is not offered here. Ask for application/json, "
        "or leave it out."
    ),
    "api:user:unsupported-media-type": _(
        "The type of what was sent, “{media_type}”, is not accepted here. Send {accepted}."
    ),
    "api:user:parse-error": _("What was sent can’t be read: {reason}."),
    "api:user:length-required": _(
        "Send the body with its length in the header Content-Length, not in chunks."
    ),
    "api:user:body-too-large": _(
        "What was sent is too large: at most {limit_bytes_mb:.1f} MB are read here, but for files."
    ),
    "api:user:no-file": _(
        "No file came. Send one in the field “{field}” of a form (multipart/form-data)."
    ),
    "api:user:no-consent": _(
        "Say whose voice it is in the field “{field}”: {answers}. Without that nothing is kept."
    ),
    "api:user:bad-request": _(
        "The request is malformed or was broken off, and nothing was kept. Send it again, whole."
    ),
    "api:user:invalid": _("What was sent is not right. {fields}"),
    "api:user:unknown-field": _("Not known here: {fields}. Allowed: {allowed}."),
    "api:user:cursor": _(
        "The cursor is damaged. Take the addresses of pages from the answers: “next” leads on."
    ),
    "api:user:changed": _(
        "It is another by now than what If-Match names. Get it again and look at what changed."
    ),
    "api:user:no-if-match": _(
        "Here If-Match protects nothing, so nothing was done. Send it without that header."
    ),
    "api:user:if-match": _(
        "The header If-Match can’t be read. Send the ETag of what you have seen as it came, with "
        "its double quotes."
    ),
    "api:user:range": _(
        "The recording has {n_bytes} bytes, and none of those that the header Range asks for."
    ),
    "api:user:key-malformed": _(
        "The header Idempotency-Key holds 1 to {limit} printable ASCII characters, such as a UUID."
    ),
    "upload:user:key-reused": _(
        "The key “{key}” was sent before, with something else or another answer to whose voice it "
        "is. Make a new key for each clip and each batch."
    ),
    "upload:user:key-clip-gone": _(
        "The clip that was made with the key “{key}” has been deleted. "
        "Make a new key to hand it in again."
    ),
    "upload:user:key-batch-gone": _(
        "All clips of the batch that was made with the key “{key}” have been deleted. "
        "Make a new key to hand them in again."
    ),
    "upload:user:two-files": _(
        "{n_files} files were sent, but a clip is one file. Send them one by one, or together as a "
        "batch."
    ),
    "upload:user:too-many-parts": _(
        "More than {limit} files came at once, too many to look at. Send them in several goes."
    ),
    "upload:user:all-refused": _(
        "None of the files was accepted, so nothing was kept. What was wrong with each stands in "
        "“extra”."
    ),
    "retry:user:not-failed": _(
        "Only clips without a result can be tried again; this one is “{state}”."
    ),
    "api:user:throttled": _(
        "Too many requests. Wait {retry_after_s} seconds, as the header Retry-After says."
    ),
    "api:app:no-stream": _(
        "No more live updates are open at a time. Ask for the state itself, "
        "or again in {retry_after_s} seconds."
    ),
    "token:user:reviewers-only": _("Only reviewers can have tokens with the scope “review”."),
    "token:user:name-taken": _(
        "You have a token named “{name}” already. Choose another name, or revoke that one."
    ),
    "token:user:too-many": _("You have {limit} tokens, which is the most. Revoke one first."),
    "api:app:failed": _(
        "Something went wrong here, and it was recorded. Try again later, and tell the "
        "administrator if it happens again."
    ),
    "selection:user:unknown": _(
        "{n_clips} of these clips can’t be found among yours, so nothing was done with any of "
        "them. Leave them out and try again."
    ),
}
