import { csrfToken, gives, guarded, paging, parameter, problems, write } from './describe.ts';

const name = parameter('name', 'path', 'Of the job.', { type: 'string' });

export const jobPaths = {
  '/jobs': {
    get: {
      tags: ['status'],
      operationId: 'listJobs',
      summary: 'What the agents do again and again, each with its last run (admin)',
      responses: { 200: gives('The jobs', 'JobList'), ...guarded },
    },
  },
  '/jobs/{name}/runs': {
    get: {
      tags: ['status'],
      operationId: 'listRuns',
      summary: 'The runs of a job, newest first (admin)',
      parameters: [name, ...paging],
      responses: { 200: gives('A page of runs', 'RunList'), ...problems('invalid', 'not-found'), ...guarded },
    },
    post: write({
      tags: ['status'],
      operationId: 'runJob',
      summary: 'Run a job now (admin)',
      description: 'The primary agent begins it within seconds. Asked for again before that, it runs once.',
      parameters: [name, csrfToken],
      responses: {
        202: gives('Asked for', 'RunRequest'),
        ...problems('not-found'),
        ...guarded,
      },
    }),
  },
  '/status/history': {
    get: {
      tags: ['status'],
      operationId: 'getHealthHistory',
      summary: 'How the cluster was (admin)',
      parameters: [
        parameter('hours', 'query', 'How far back.', {
          type: 'integer',
          minimum: 1,
          maximum: 48,
          default: 1,
        }),
      ],
      responses: { 200: gives('Samples, oldest first', 'HealthHistory'), ...problems('invalid'), ...guarded },
    },
  },
};
