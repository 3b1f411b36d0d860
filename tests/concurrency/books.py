"""The database as everybody on a random day sees it, whatever happens to PostgreSQL."""

import threading
import time

import psycopg2
from databases import connect


def is_lost(error):
    """Whether this psycopg2.Error says that the connection broke: by an administrator or a crash (57P..), or without
    any code. Of such a connection ``closed`` may still say that it is open."""
    kinds = (psycopg2.DatabaseError, psycopg2.OperationalError, psycopg2.InterfaceError)
    return error.pgcode.startswith("57P") if error.pgcode else type(error) in kinds


class Books:
    """One connection to look at the database with, shared by everybody."""

    def __init__(self, dbname):
        self.dbname, self.lock = dbname, threading.Lock()
        self.open()

    def open(self):
        """Connect, as soon as PostgreSQL answers."""
        until = time.monotonic() + 60
        while True:
            try:
                self.connection = connect(self.dbname)
                break
            except psycopg2.OperationalError:
                assert time.monotonic() < until, "PostgreSQL does not come back"
                time.sleep(0.2)
        self.connection.autocommit = True

    def ask(self, query, parameters=()):
        with self.lock:
            while True:
                try:
                    with self.connection.cursor() as cursor:
                        cursor.execute(query, parameters)
                        return cursor.fetchall()
                except psycopg2.Error as error:
                    if not is_lost(error):
                        raise
                    self.open()

    def ids(self, query, *parameters):
        return [row[0] for row in self.ask(query, parameters)]
