# One image for web, workers, beat and migrations.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    NUMBA_CACHE_DIR=/tmp/numba

WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir --compile --require-hashes -r requirements.txt

COPY manage.py ./
COPY gunicorn.conf.py ./
COPY docs/samples docs/samples
COPY locale locale
COPY static static
COPY templates templates
COPY mlcore mlcore
COPY recognition recognition
COPY sersite sersite

# The key is for this step only; a running container gets its own as a secret.
RUN SECRET_KEY=for-building-only python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q mlcore recognition sersite \
    && useradd --system --uid 10001 --no-create-home --home-dir /tmp sersite \
    && mkdir -p /media \
    && chown -R sersite: /media /app/var

USER sersite
# An image that can't recognize a clip under this account is not built.
RUN SECRET_KEY=for-building-only python manage.py predict docs/samples/train.flac

VOLUME /media
EXPOSE 8000
CMD ["gunicorn", "sersite.wsgi", "--bind=0.0.0.0:8000"]
