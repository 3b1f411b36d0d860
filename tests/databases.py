"""Databases of the development PostgreSQL (PG* variables): connect, copy with their files, drop."""

import contextlib
import os
import pathlib
import shutil

import psycopg2


def connect(dbname):
    """A psycopg2 connection to this database of the development PostgreSQL (PG* variables)."""
    return psycopg2.connect(dbname=dbname)


def _postgres(statement):
    connection = connect("postgres")
    connection.autocommit = True  # CREATE DATABASE does not run in a transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def has_strategies():
    """Whether this PostgreSQL lets one say how a database is copied."""
    with contextlib.closing(connect("postgres")) as connection:
        return connection.server_version >= 150_000


def _filestore(dbname):
    for line in pathlib.Path(os.environ["ODOO_RC"]).read_text(encoding="utf-8").splitlines():
        if line.startswith("data_dir ="):
            return pathlib.Path(line.split("=", 1)[1].strip(), "filestore", dbname)
    raise AssertionError("no data_dir in ODOO_RC")


def drop_database(dbname):
    _postgres(f'DROP DATABASE IF EXISTS "{dbname}" WITH (FORCE)')
    shutil.rmtree(_filestore(dbname), ignore_errors=True)


def create_database(name):
    """An empty one, without Odoo."""
    drop_database(name)
    _postgres(f'CREATE DATABASE "{name}" TEMPLATE template0')


def copy_database(source, target, strategy=""):
    """A copy with its files (which Odoo never changes in place, so links will do).

    :param strategy: of PostgreSQL 15 and later; ``FILE_COPY`` is the quicker one for a large database
    """
    drop_database(target)
    how = f" STRATEGY {strategy}" if strategy and has_strategies() else ""
    _postgres(f'CREATE DATABASE "{target}" TEMPLATE "{source}"{how}')
    if _filestore(source).is_dir():
        shutil.copytree(_filestore(source), _filestore(target), copy_function=os.link)
