import io

import pytest
from django.http import FileResponse

from recognition.playback import ranged_response

CONTENT = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("wanted", "expected", "content_range"),
    [
        ("bytes=0-9", CONTENT[:10], "bytes 0-9/1024"),
        ("bytes=1000-", CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", CONTENT[-24:], "bytes 1000-1023/1024"),
        ("bytes=1000-9999", CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=-9999", CONTENT, "bytes 0-1023/1024"),
    ],
)
def test_it_answers_the_range_asked_for(wanted: str, expected: bytes, content_range: str) -> None:
    response = ranged_response(io.BytesIO(CONTENT), wanted)
    assert isinstance(response, FileResponse)
    assert response.status_code == 206
    assert response["Content-Range"] == content_range
    assert int(response["Content-Length"]) == len(expected)
    assert response.getvalue() == expected


@pytest.mark.parametrize(
    "wanted", ["", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "nonsense", "bytes=0-" + "9" * 5000]
)
def test_it_answers_the_whole_file_to_what_it_does_not_understand(wanted: str) -> None:
    response = ranged_response(io.BytesIO(CONTENT), wanted)
    assert isinstance(response, FileResponse)
    assert response.status_code == 200
    assert response.getvalue() == CONTENT


@pytest.mark.parametrize("wanted", ["bytes=1024-", "bytes=9-3", "bytes=-0"])
def test_it_refuses_a_range_that_holds_nothing(wanted: str) -> None:
    response = ranged_response(io.BytesIO(CONTENT), wanted)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */1024"
