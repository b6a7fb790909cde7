"""Queries on a PostgreSQL server of Debian's packages, started here and stopped again."""

import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

import pytest

from collecting import Collect

QUERY = "SELECT * FROM rows ORDER BY id"


def server_programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("postgresql is not installed")
    return found[-1].parent


def as_user():
    """A server refuses to run as root: the user that Debian made for it, or nobody."""
    if os.geteuid() != 0:
        return {}
    name = "postgres" if any(u.pw_name == "postgres" for u in pwd.getpwall()) else "nobody"
    user = pwd.getpwnam(name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """(address without a password, environment with it)."""
    programs = server_programs()
    user = as_user()
    folder = pathlib.Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True,
                                         check=True).stdout.strip())
    if user:
        os.chown(folder, user["user"], user["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*argv, **options):
        return subprocess.run([str(part) for part in argv], check=True, capture_output=True,
                              text=True, cwd=folder, timeout=120, **user, **options)

    (folder / "password").write_text("s3cret")
    if user:
        os.chown(folder / "password", user["user"], user["group"])
    run(programs / "initdb", "-D", folder / "base", "-U", "reader", "-A", "scram-sha-256",
        "--pwfile", folder / "password", "-E", "UTF8", "--no-sync")
    control = [programs / "pg_ctl", "-D", folder / "base", "-w", "-l", folder / "log"]
    run(*control, "-o", f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off", "start")
    try:
        env = {**os.environ, "PGPASSWORD": "s3cret"}
        fill(port, env)
        yield f"postgresql://reader@127.0.0.1:{port}/postgres", env
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def psql(port, env, *options, input=None):
    return subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "reader", "-qAtX",
                           "-v", "ON_ERROR_STOP=1", *options, "postgres"], env=env, input=input,
                          capture_output=True, text=True, check=True).stdout


def fill(port, env):
    psql(port, env, input="""
CREATE TABLE rows (id bigint PRIMARY KEY, text text, label int, x float8, price numeric(12, 2),
                   flag bool, tags text[], info jsonb, day date, at timestamptz);
INSERT INTO rows SELECT i, 'row ' || i || E' é "q"\\n', i % 3, i / 3.0, i / 4.0, i % 2 = 0,
  ARRAY['a' || i, NULL], jsonb_build_object('k', i), date '2020-01-01' + i,
  timestamptz '2020-01-01 00:00:00+00' + i * interval '1 hour' FROM generate_series(1, 7000) AS i;
CREATE TABLE spare (id int);
CREATE SEQUENCE steps;
""")


@pytest.fixture(scope="module")
def collect(built):
    return Collect(built("probe_collect"))


def test_rows_are_those_of_psql(collect, server):
    address, env = server
    port = address.split(":")[2].split("/")[0]
    got = collect(path=address, query=QUERY + ";", env=env)
    expected = [json.loads(line) for line in psql(
        port, env, "-c", f"SELECT row_to_json(r) FROM ({QUERY}) r").splitlines()]
    assert got.rows == expected and len(expected) == 7000
    assert got.rows[3]["tags"] == ["a4", None] and got.rows[3]["price"] == 1
    assert got.at[0] == f"{address}:1"


def test_resumed(collect, server):
    address, env = server
    config = {"path": address, "query": QUERY}
    os.environ["PGPASSWORD"] = env["PGPASSWORD"]
    try:
        assert collect.resumed(2, **config) == collect(**config).all
    finally:
        del os.environ["PGPASSWORD"]
    assert len(collect(env=env, max_rows=5, **config).rows) == 5


def test_a_query_only_looks(collect, server):
    address, env = server
    for query, word in (
            ("DELETE FROM spare RETURNING id -- order by", "syntax error"),
            ("SELECT 1 AS a ORDER BY 1; DROP TABLE spare", "syntax error"),
            ("SELECT 1) AS x; DROP TABLE spare; SELECT (1 -- order by", "multiple commands"),
            ("SELECT nextval('x') ORDER BY 1", "does not exist"),
            ("SELECT setval('steps', 5) ORDER BY 1", "read-only"),
            ("SELECT * FROM nowhere ORDER BY 1", "nowhere"),
            ("SELECT * FROM rows", "ORDER BY"), ("", "state the `query`")):
        got = collect(path=address, query=query, env=env)
        assert got.code in (1, 2) and word in got.error and "\n" not in got.error, got.error
    port = address.split(":")[2].split("/")[0]
    assert psql(port, env, "-c", "SELECT count(*) FROM spare").strip() == "0"


def test_limits(collect, server):
    address, env = server
    got = collect(path=address, query="SELECT pg_sleep(60)::text ORDER BY 1", timeout_seconds=1, env=env)
    assert "statement timeout" in got.error
    got = collect(path=address, query="SELECT 1 AS id, repeat('x', 5000) AS text UNION ALL "
                  "SELECT 2, 'short' ORDER BY 1", max_row_bytes=2000, env=env)
    assert [row["text"] for row in got.rows] == ["short"] and "larger than" in got.bad[0]
    got = collect(path=address, query="SELECT 'a' AS text, 'b' AS text ORDER BY 1", env=env)
    assert "stands twice" in got.bad[0]


def test_passwords_are_never_told(collect, server):
    address, env = server
    wrong = {**env, "PGPASSWORD": "wr0ng"}
    got = collect(path=address, query=QUERY, env=wrong)
    assert "password authentication failed" in got.error and "wr0ng" not in got.error
    got = collect(path=address.replace("reader@", "reader:s3cret@"), query=QUERY, env=env)
    assert "PGPASSWORD" in got.error and "s3cret" not in got.error
    got = collect(path=address + "?password=s3cret", query=QUERY, env=env)
    assert "PGPASSWORD" in got.error and "s3cret" not in got.error
