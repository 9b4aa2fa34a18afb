# One image for web, worker and keeper; what it does is its command. No secret is in it: SECRET_KEY comes from outside.

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/orderstream
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
# By hash, and before the code: this layer is built again only when the lock changes.
COPY requirements/postgres.txt requirements/postgres.txt
RUN /opt/venv/bin/pip install --require-hashes -r requirements/postgres.txt
COPY manage.py manage.py
COPY orderstream orderstream
COPY workers workers
COPY dashboard dashboard
COPY templates templates
# The key is needed to read the settings and used for nothing.
RUN SECRET_KEY=only-to-collect-static-files ORDERSTREAM_STATIC_ROOT=/srv/static \
    /opt/venv/bin/python manage.py collectstatic --noinput -v0 && rm -rf var

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 orderstream \
    && useradd --system --uid 10001 --gid orderstream --no-create-home --home-dir /srv/orderstream --shell /usr/sbin/nologin orderstream \
    && install -d -o orderstream -g orderstream /srv/orderstream/var
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/orderstream /srv/orderstream
COPY docker/healthcheck.py /srv/healthcheck.py
WORKDIR /srv/orderstream
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORDERSTREAM_STATIC_ROOT=/srv/static \
    ORDERSTREAM_LOG_FORMAT=json
USER orderstream
VOLUME /srv/orderstream/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["python", "/srv/healthcheck.py"]
# As a list, so that SIGTERM reaches the process and no shell keeps it: sockets are told before they close.
CMD ["daphne", "-v", "0", "-b", "0.0.0.0", "-p", "8000", "--http-timeout", "60", "orderstream.asgi:application"]
