# The app alone: pages and pipeline. Redis, PostgreSQL and the worker run elsewhere (docker-compose.yml).
FROM python:3.12-slim-bookworm AS build
WORKDIR /srv/roms
# Compiled once here: a container can't keep what it compiles.
ENV PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY scripts scripts
COPY wa_worker wa_worker
COPY roms_app roms_app
RUN python3 scripts/bootstrap.py
COPY rxconfig.py alembic.ini ./
COPY reflex.lock reflex.lock
COPY alembic alembic
COPY assets assets
# Node is of use here only: what remains of it is the built pages.
RUN .venv/bin/roms build --frozen && mv .web/build /tmp/build && rm -rf .web && mkdir .web && mv /tmp/build .web/build

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home roms \
    && install -d -o roms -g roms /data /data/media
WORKDIR /srv/roms
COPY --from=build --chown=roms:roms /srv/roms /srv/roms
USER roms
ENV ROMS_DATA_DIR=/data ROMS_HOST=0.0.0.0 ROMS_PORT=3000 ROMS_LOG_FORMAT=json
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD [".venv/bin/roms", "serve"]
