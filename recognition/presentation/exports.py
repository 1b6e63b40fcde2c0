"""Clips as CSV, JSON and XLSX, written while they are read: a chunk of them is in memory."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.models import Clip
from recognition.presentation.clips import failure_of
from recognition.selectors import newest_prediction

Chunks = Iterable[list[Clip]]
Record = dict[str, Any]

# Where a text begins like this, spreadsheets take it for a formula, or for the start of a new cell.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets don't read a CSV as UTF-8
XLSX_ROWS = 1_000_000  # a sheet holds 1,048,576
XLSX_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": True,
}


def record_of(clip: Clip) -> Record:
    prediction, failure = newest_prediction(clip), failure_of(clip)
    return {
        "id": str(clip.pk),
        "name": clip.name,
        "file_name": clip.file_name,
        "created_at": clip.created_at.isoformat(),
        "duration_s": clip.duration_s,
        "size_bytes": clip.size_bytes,
        "container": clip.container,
        "state": clip.state,
        "error_code": clip.error_code,
        "error": str(failure.sentence) if failure else "",
        "emotion": clip.counted_emotion,
        "predicted_emotion": clip.emotion,
        "confidence": clip.confidence,
        "is_sure": clip.is_sure,
        "corrected_emotion": clip.corrected_emotion,
        "reviewed_emotion": clip.reviewed_emotion,
        "provenance": str(clip.provenance),
        "posteriors": prediction.posteriors if prediction else {},
        "model": prediction.model_version.name if prediction else "",
        "model_sha256": prediction.model_version.sha256 if prediction else "",
        "tags": [tag.name for tag in clip.tags.all()],
        "note": clip.note,
        "batch": str(clip.batch_id or ""),
    }


def columns() -> list[str]:
    """Of a table: each posterior has its own."""
    names = list(record_of(Clip(file_name="", created_at=timezone.now())))
    place = names.index("posteriors")
    return [*names[:place], *(f"p_{emotion}" for emotion in EMOTIONS), *names[place + 1 :]]


def cells_of(clip: Clip) -> list[Any]:
    cells: list[Any] = []
    for name, value in record_of(clip).items():
        if name == "posteriors":
            cells += [value.get(emotion) for emotion in EMOTIONS]
        else:
            cells.append(safe_cell("; ".join(value) if name == "tags" else value))
    return cells


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text, as people do by hand."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


class Echo:
    """What a csv.writer writes to, so that it hands back the line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(chunks: Chunks) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + str(writer.writerow(columns()))
    for clips in chunks:
        yield "".join(str(writer.writerow(cells_of(clip))) for clip in clips)


def json_lines(chunks: Chunks) -> Iterator[str]:
    """One array; whole only if it ends with its bracket."""
    separator = "[\n"
    for clips in chunks:
        for clip in clips:
            yield separator + json.dumps(record_of(clip), ensure_ascii=False)
            separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def write_xlsx(file: IO[bytes], chunks: Chunks) -> None:
    with xlsxwriter.Workbook(file, XLSX_OPTIONS) as workbook:
        rows = (cells_of(clip) for clips in chunks for clip in clips)
        n_rows, sheet = XLSX_ROWS, None
        for cells in rows:
            if n_rows == XLSX_ROWS:
                n_rows, sheet = 0, new_sheet(workbook)
            n_rows += 1
            sheet.write_row(n_rows, 0, cells)  # type: ignore[union-attr] # made before the first
        if sheet is None:
            new_sheet(workbook)


def new_sheet(workbook: Any) -> Any:
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 2)
    sheet.write_row(0, 0, columns(), workbook.add_format({"bold": True}))
    return sheet


def csv_response(chunks: Chunks) -> HttpResponseBase:
    return StreamingHttpResponse(csv_lines(chunks), content_type="text/csv; charset=utf-8")


def json_response(chunks: Chunks) -> HttpResponseBase:
    return StreamingHttpResponse(json_lines(chunks), content_type="application/json")


def xlsx_response(chunks: Chunks) -> HttpResponseBase:
    """A ZIP inside, so it is complete, in a file without a name, before its first byte is sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(file, chunks)
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, content_type=kind)


EXPORTS: dict[str, Callable[[Chunks], HttpResponseBase]] = {
    "csv": csv_response,
    "json": json_response,
    "xlsx": xlsx_response,
}


def export_response(chunks: Chunks, extension: str) -> HttpResponseBase:
    response = EXPORTS[extension](chunks)
    name = f"clips-{timezone.localdate():%Y-%m-%d}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
