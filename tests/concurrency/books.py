"""The database as everybody on a random day sees it, whatever happens to PostgreSQL."""

import threading
import time

import psycopg2
from databases import connect


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
                except psycopg2.Error:
                    if not self.connection.closed:
                        raise
                    self.open()

    def ids(self, query, *parameters):
        return [row[0] for row in self.ask(query, parameters)]
