# One image for web, worker and rating module; the command decides.
FROM python:3.11-slim AS build
WORKDIR /srv
RUN pip install --no-cache-dir uv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY question_bank question_bank
COPY exam_service exam_service
COPY performance_rating performance_rating
RUN uv venv /opt/venv && uv pip install --no-cache --compile-bytecode --python /opt/venv/bin/python -c constraints.txt .

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 EXAM_ENVIRONMENT=production EXAM_HOST=0.0.0.0
RUN useradd --system --uid 10001 --home /srv exam
WORKDIR /srv
COPY --from=build /opt/venv /opt/venv
COPY migrations migrations
ENV EXAM_MIGRATIONS=/srv/migrations
USER exam
EXPOSE 8000
CMD ["exam-service", "serve", "--workers", "2"]
