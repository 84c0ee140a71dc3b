"""Pages of the feed: receivers and deliveries, and the release that starts them."""

from fastapi import APIRouter

from exam_service.rating_feed.pages import feed, release

router = APIRouter(include_in_schema=False)
for part in (release, feed):
    router.include_router(part.router)
