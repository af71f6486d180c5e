"""Lệnh với tài khoản: thêm người, đặt lại mật khẩu, thẻ truy cập. Mật khẩu và thẻ chỉ in đúng một lần."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broadcaster.accounts.enums import Role
from broadcaster.cli.common import DEFAULT_CONFIG, AsJson, ConfigFile, Who, say, station, station_as
from broadcaster.clock import SystemClock

app = typer.Typer(help="Tài khoản và thẻ truy cập.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="Tên đăng nhập.")]


@app.command()
def add(
    login: Login,
    full_name: Annotated[str, typer.Option("--ho-ten", help="Họ và tên.")],
    roles: Annotated[list[Role], typer.Option("--vai-tro", help="Vai trò; lặp lại để thêm vai.")],
    job_title: Annotated[str, typer.Option("--chuc-danh", help="Chức danh.")] = "",
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Thêm một người; in mật khẩu dùng một lần."""
    from broadcaster.accounts.passwords import hash_password, one_time_password
    from broadcaster.accounts.people import create_person

    password = one_time_password()
    hashed = hash_password(password)
    with station_as(config, who) as (database, actor), database.writing() as session:
        user = create_person(
            session,
            actor,
            login=login,
            full_name=full_name,
            job_title=job_title,
            roles=roles,
            password_hash=hashed,
            now=SystemClock().now(),
        )
        value = {"ten": user.login, "mat_khau": password}
    say(value, as_json=json, lines=[f"Đã thêm “{value['ten']}”. Mật khẩu dùng một lần: {password}"])


@app.command()
def passwd(login: Login, who: Who = None, config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Đặt lại mật khẩu; mọi phiên của người ấy kết thúc."""
    from broadcaster.accounts.passwords import hash_password, one_time_password
    from broadcaster.accounts.people import member, reset_password

    password = one_time_password()
    hashed = hash_password(password)
    with station_as(config, who) as (database, actor), database.writing() as session:
        reset_password(session, actor, member(session, actor, login).id, hashed, now=SystemClock().now())
    say({"ten": login, "mat_khau": password}, as_json=json, lines=[f"Mật khẩu dùng một lần của “{login}”: {password}"])


@app.command()
def token(
    login: Login,
    name: Annotated[str, typer.Option("--ten", help="Tên thẻ: phần mềm nào sẽ dùng.")],
    days: Annotated[int, typer.Option("--ngay", min=0, max=100_000, help="Dùng được bao nhiêu ngày.")] = 365,
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json: AsJson = False,
) -> None:
    """Tạo thẻ truy cập API mang quyền của một người; in thẻ đúng một lần."""
    from broadcaster.accounts.tokens import create_token, new_token

    plain = new_token()
    with station_as(config, who) as (database, actor), database.writing() as session:
        row = create_token(session, actor, login, plain, name=name, days=days, now=SystemClock().now())
        value = {"ma": row.id, "the": plain}
    lines = [f"Thẻ số {value['ma']} của “{login}”, dùng {days} ngày. Chỉ hiện lần này, hãy cất ngay:", plain]
    say(value, as_json=json, lines=lines)


@app.command("tokens")
def listing(config: ConfigFile = DEFAULT_CONFIG, json: AsJson = False) -> None:
    """Mọi thẻ truy cập của đài."""
    from broadcaster.accounts.tokens import tokens

    with station(config) as (database, actor), database.reading() as session:
        rows = [
            {
                "ma": row.id,
                "ten": row.name,
                "nguoi": user.login,
                "het_han": row.expires_at and row.expires_at.isoformat(),
                "dung_gan_nhat": row.used_at and row.used_at.isoformat(),
                "thu_hoi": row.revoked_at and row.revoked_at.isoformat(),
            }
            for row, user in tokens(session, actor)
        ]
    lines = [f"{row['ma']:>4}  {row['nguoi']}  {row['ten']}  {_until(row)}" for row in rows]
    say(rows, as_json=json, lines=lines or ["Đài chưa có thẻ nào. Tạo bằng: broadcaster user token TÊN --ten “tên phần mềm”"])


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="Số của thẻ.")],
    who: Who = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Thu hồi một thẻ truy cập ngay."""
    from broadcaster.accounts.tokens import revoke_token

    with station_as(config, who) as (database, actor), database.writing() as session:
        name = revoke_token(session, actor, token_id, now=SystemClock().now()).name
    typer.echo(f"Đã thu hồi thẻ “{name}”.")


def _until(row: dict[str, Any]) -> str:
    return "đã thu hồi" if row["thu_hoi"] else f"đến {str(row['het_han'])[:10]}"
