"""Many requests at once share few connections: each has its turn, and none waits for another that waits for it."""

import asyncio

import httpx2
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from exam_service.db import Database, Reading, Tx

AT_ONCE = 150  # several times the threads of the server, which are 40


class Answer(BaseModel):
    """What is checked against a model takes a thread once more, while the session is still open."""

    number: int


def app_with(database: Database) -> FastAPI:
    app = FastAPI()
    app.state.database = database

    @app.get("/reading")
    def read(session: Reading) -> Answer:
        return Answer(number=session.execute(text("SELECT 7 FROM pg_sleep(0.005)")).scalar_one())

    @app.post("/writing")
    def write(session: Tx) -> Answer:
        return Answer(
            number=session.execute(text("INSERT INTO taken VALUES (8) RETURNING number")).scalar_one()
        )

    return app


async def all_at_once(app: FastAPI) -> list[int]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
        calls = [client.get("/reading") if n % 2 else client.post("/writing") for n in range(AT_ONCE)]
        return [answer.json()["number"] for answer in await asyncio.gather(*calls)]


def test_more_requests_than_threads_and_connections_are_all_answered(own_database_url: str) -> None:
    database = Database(own_database_url, pool_size=2)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE taken (number int)"))
    assert sorted(asyncio.run(all_at_once(app_with(database)))) == [7] * 75 + [8] * 75
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM taken")) == 75
    database.dispose()
