# One image for the collector, the processor, the indexer and the set-up; the command decides.

FROM python:3.12-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements-run.lock ./
# Wheels only: nothing is compiled here, and every file must have the hash that the lock names.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: --requirement requirements-run.lock

FROM python:3.12-slim
RUN groupadd --gid 10001 newswire \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/newswire --shell /usr/sbin/nologin newswire \
    && install --directory --owner newswire --group newswire --mode 0700 /var/lib/newswire
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /app
COPY LICENSE NOTICE ./
COPY contracts contracts
COPY producers producers
COPY processors processors
COPY indexer indexer
COPY search search
COPY models models
COPY embedded embedded
COPY newswire newswire
RUN /opt/venv/bin/python -m compileall -q . \
    && printf '#!/bin/sh\nexec python -m newswire "$@"\n' > /opt/venv/bin/newswire \
    && chmod 0755 /opt/venv/bin/newswire
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NEWSWIRE_DATA_DIR=/var/lib/newswire
USER 10001:10001
CMD ["newswire", "--help"]
