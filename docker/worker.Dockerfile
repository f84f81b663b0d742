# The worker: WhatsApp Web in Chromium. It holds no database credential and none of the app's code.
# The same image plays the demo phones (docker-compose.yml, service simulator).
FROM python:3.12-slim-bookworm AS parts
WORKDIR /srv/roms
# Compiled once here: a container can't keep what it compiles.
ENV PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY scripts scripts
COPY wa_worker wa_worker
COPY roms_app roms_app
RUN python3 scripts/bootstrap.py
# The WhatsApp Web library, its checksum verified.
RUN ROMS_WA_JS_PATH=/srv/roms/wa-js/wppconnect-wa.js .venv/bin/roms bundle && rm -rf roms_app

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium tini fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home roms \
    && install -d -o roms -g roms /data /data/media
WORKDIR /srv/roms
COPY --from=parts --chown=roms:roms /srv/roms /srv/roms
USER roms
ENV ROMS_DATA_DIR=/data \
    ROMS_CHROMIUM_PATH=/usr/bin/chromium \
    ROMS_WA_JS_PATH=/srv/roms/wa-js/wppconnect-wa.js \
    ROMS_LOG_FORMAT=json
# Chromium's profiles: the paired sessions. Without this volume every start asks for a new QR.
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD [".venv/bin/python", "-m", "wa_worker"]
