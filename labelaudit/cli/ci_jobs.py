"""The CI jobs that `labelaudit init` writes."""

from __future__ import annotations

GITHUB_FILE = ".github/workflows/labelaudit.yml"
GITLAB_FILE = ".gitlab/labelaudit.yml"
GITLAB_PIPELINE = ".gitlab-ci.yml"
"""GitLab reads this file alone; it takes in the job by an `include`."""

_ABOUT = """\
# A template, written by `labelaudit init{asked}`: adapt the two marked lines before you commit it.
#
# Only the rows that the {request} changes are judged: the job fails (exit code 1) where over 5 % of
# them are suspects, unless [gate] in labelaudit.toml sets other limits. Exit code 2 is no verdict: the
# data could not be audited.
"""

_GITHUB = """\
name: labelaudit

on:
  pull_request:
  workflow_dispatch: # without a pull request there is no old version: all rows are judged, by [gate]

permissions:
  contents: read
  # security-events: write # to upload SARIF

jobs:
  labels:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the old labels are read from the history
          # lfs: true # where the data is in Git LFS
      # - run: git lfs fetch origin "origin/$GITHUB_BASE_REF" # and the old labels
      - uses: OWNER/labelaudit@main # adapt: where labelaudit lives, and a commit that you trust
        with:
          path: data # adapt: where the data is; several files or folders stand one a line
          # sarif: labelaudit.sarif
      # - uses: github/codeql-action/upload-sarif@v3
      #   if: ${{ !cancelled() && hashFiles('labelaudit.sarif') != '' }}
      #   with:
      #     sarif_file: labelaudit.sarif
      - uses: actions/upload-artifact@v4
        if: ${{ !cancelled() }}
        with:
          name: labelaudit-out
          path: labelaudit-out
          if-no-files-found: ignore
"""

_GITLAB = """\
labelaudit:
  image: python:3.12 # has git, which the slim ones have not
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0" # the old labels are read from the history
    PIP_DISABLE_PIP_VERSION_CHECK: "1"
    DATA: data # adapt: where the data is
  script:
    - python -m pip install -q "git+https://github.com/OWNER/labelaudit" # adapt: where labelaudit lives
    - >-
      labelaudit scan "$DATA"
      --against "origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
      --output-format concise
      --report gitlab=labelaudit-codequality.json
      --report junit=labelaudit-junit.xml
  artifacts:
    when: always
    paths:
      - labelaudit-out
    reports:
      codequality: labelaudit-codequality.json
      junit: labelaudit-junit.xml
"""

GITHUB_JOB = _ABOUT.format(asked="", request="pull request") + _GITHUB
GITLAB_JOB = _ABOUT.format(asked=" --ci gitlab", request="merge request") + _GITLAB
GITLAB_INCLUDE = f"include:\n  - local: {GITLAB_FILE}\n"
