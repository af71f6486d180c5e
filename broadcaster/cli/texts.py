"""Lệnh với chữ và tiếng: nhập bản tin từ tệp, xem cách đọc, đọc ra tệp âm thanh."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, say, station
from broadcaster.clock import SystemClock
from broadcaster.config import load
from broadcaster.errors import BroadcasterError, Invalid, VoiceFailed

scripts_app = typer.Typer(help="Bản tin.", no_args_is_help=True)
Source = Annotated[str, typer.Argument(help="Tệp chữ UTF-8, hoặc - để đọc từ đầu vào.")]


def register(app: typer.Typer) -> None:
    """Gắn các lệnh."""
    for command in (read, speak):
        app.command()(command)


@scripts_app.command("import")
def import_scripts(
    files: Annotated[list[Path], typer.Argument(help="Tệp .docx, .txt, .md; mỗi tệp một bản nháp.")],
    writer: Annotated[str, typer.Option("--nguoi-viet", help="Tên đăng nhập của người đứng tên bản nháp.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Tạo bản nháp từ tệp; tệp hỏng thì kể ra, các tệp khác vẫn vào."""
    with station(config) as (database, actor):
        from broadcaster.accounts.people import acting_as

        with database.reading() as session:
            author = acting_as(session, actor, writer)
        results = [_imported(database, author, file) for file in files]
    say(results, as_json=json, lines=[line for one in results for line in _told(one)])
    if any("loi" in one for one in results):
        raise typer.Exit(8)


def _told(one: dict[str, Any]) -> list[str]:
    """Một tệp: kết quả, rồi đúng những lời báo mà trang web hiện khi nhập."""
    first = f"{one['tep']}: {one.get('loi') or 'bản nháp “' + one['tieu_de'] + '”'}"
    changed = [f"Đổi mã chữ: {before} → {after}" for before, after in one.get("doi_ma", [])]
    aside = [f"Không đọc: {line}" for line in one.get("de_rieng", "").split("\n") if line]
    return [first, *(f"  - {line}" for line in (*one.get("luu_y", []), *changed, *aside))]


def _imported(database: Any, author: Any, file: Path) -> dict[str, Any]:
    from broadcaster.newsroom.drafting import Draft, create
    from broadcaster.newsroom.enums import Genre
    from broadcaster.newsroom.importing import import_file

    try:
        found = import_file(file.read_bytes(), file.name)
        with database.writing() as session:
            draft = Draft(title=found.title, body=found.text, genre=found.genre or Genre.NEWS)
            revision = create(session, author, draft, now=SystemClock().now())
            return {
                "tep": str(file),
                "bai": revision.script_id,
                "tieu_de": revision.title,
                "the_loai": revision.genre.value,
                "luu_y": list(found.notes),
                "doi_ma": [list(pair) for pair in found.converted],
                "de_rieng": "\n".join(filter(None, (found.head, found.tail))),
            }
    except BroadcasterError as error:
        return {"tep": str(file), "loi": error.message}
    except OSError as error:
        return {"tep": str(file), "loi": f"Không mở được tệp ({error.strerror}). Hãy kiểm tra đường dẫn và quyền đọc."}


def read(source: Source, spans: Annotated[bool, typer.Option("--spans", help="In từng đoạn dạng JSON.")] = False) -> None:
    """In lời sẽ đọc, mỗi câu một dòng."""
    from broadcaster.reading import read as read_aloud

    reading = read_aloud(_text(source))
    if spans:
        typer.echo(json_text.dumps([span.as_json() for span in reading.spans], ensure_ascii=False))
        return
    for sentence in reading.sentences:
        typer.echo(sentence.strip())
    for question in reading.questions:
        typer.echo(f"Cần xem lại: {question.message}", err=True)


def speak(
    source: Source,
    output: Annotated[Path, typer.Option("-o", "--ra", help="Tệp .flac hoặc .mp3 sẽ ghi.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Đọc chữ ra tệp âm thanh, bằng giọng đầu tiên trong config.toml trả lời được."""
    from broadcaster.reading import read as read_aloud
    from broadcaster.service.assembly import open_voices
    from broadcaster.sound import mastering
    from broadcaster.sound.files import whole_file
    from broadcaster.sound.library import write_sound
    from broadcaster.sound.tagging import ai_tags

    if output.suffix not in (".flac", ".mp3"):
        raise Invalid("Tên tệp phải kết thúc bằng .flac hoặc .mp3.")
    sentences = read_aloud(_text(source)).sentences
    failures: list[str] = []
    for voice in open_voices(load(config), SystemClock()).values():
        try:
            sound = mastering.master(voice.speak(sentences).samples).samples
        except VoiceFailed as error:
            failures.append(f"{voice.label}: {error.message}")
            continue
        with whole_file(output) as temporary:
            marks = ai_tags(
                engine=voice.name, model=voice.version, made_on=f"{SystemClock().now():%Y-%m-%d}", revision="", reading=""
            )
            write_sound(temporary, sound, kind=output.suffix.removeprefix("."), tags=marks)
        typer.echo(f"Đã đọc {len(sentences)} câu bằng {voice.label} vào {output}")
        return
    raise VoiceFailed("Không giọng nào đọc được. " + " ".join(failures))


def _text(source: str) -> str:
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except OSError as error:
        raise Invalid(f"Không mở được {source} ({error.strerror}). Hãy kiểm tra đường dẫn.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{source} không phải chữ UTF-8. Hãy lưu lại tệp dạng UTF-8, hoặc dùng scripts import.") from error
