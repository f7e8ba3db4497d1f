FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN useradd --create-home closeloop && mkdir /data && chown closeloop /data
USER closeloop
ENV CLOSELOOP_DATA_DIR=/data CLOSELOOP_HOST=0.0.0.0 PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["python", "-m", "ops.run"]
