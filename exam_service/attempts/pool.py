"""The asynchronous connections that the player's frequent calls run on, and the one way they fail."""

from typing import Any

import psycopg
from fastapi import Request
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from exam_service.errors import Refusal

POOL_TIMEOUT_S = 5.0

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


class DatabaseSilent(Refusal):
    """The database did not confirm. What was sent may or may not be stored: sending it again is safe."""

    code = "saving_unavailable"
    status = 503
    message = "Hệ thống chưa xác nhận được. Câu trả lời vẫn được giữ trên máy và sẽ được gửi lại."


async def fetch_rows(pool: Pool, statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The rows of one statement in a transaction of its own, committed when this returns.

    Raises DatabaseSilent when no connection can be had or the connection breaks before the commit was confirmed, and
    psycopg.DataError for values that the database cannot hold.
    """
    try:
        async with (
            pool.connection(timeout=POOL_TIMEOUT_S) as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            await cursor.execute(statement.encode(), params)
            return await cursor.fetchall()
    except (psycopg.OperationalError, PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise DatabaseSilent from error


def pool_of(request: Request) -> Pool:
    pool: Pool = request.app.state.save_pool
    return pool
