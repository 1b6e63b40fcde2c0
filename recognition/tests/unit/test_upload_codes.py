"""Every reason for which a file is refused has its sentence."""

import re
from pathlib import Path

from recognition.messages import SENTENCES
from recognition.presentation.words import upload_words

ROOT = Path(__file__).resolve().parents[3]
CODE = re.compile(r'"((?:upload|example):user:[a-z0-9-]+)"')
SPOKEN = re.compile(r'\b(?:say|tell|warn|refuse|end|offer)\((?:item, )?"([a-z-]+)"')


def test_every_code_of_an_upload_has_a_sentence() -> None:
    folders = ("services", "views", "api", "forms")
    files = [file for name in folders for file in (ROOT / "recognition" / name).glob("*.py")]
    codes = {code for file in files for code in CODE.findall(file.read_text())}
    assert len(codes) > 15
    assert codes <= set(SENTENCES)


def test_the_scripts_say_only_what_is_translated() -> None:
    scripts = [ROOT / "static" / "js" / f"{name}.js" for name in ("sending", "upload", "record")]
    keys = {key for script in scripts for key in SPOKEN.findall(script.read_text())}
    assert len(keys) > 20
    assert keys <= set(upload_words())
