import { Router } from 'express';
import { clusterWords, type NodeCard } from '../assets/cluster-words.js';
import type { PageDeps } from '../http/context.ts';
import { render } from '../http/render.ts';
import { moment } from '../views/words.ts';

/** What the script clones for a node that was not there when the page was drawn. */
const BLANK: NodeCard = { name: '', tone: 'gone', icon: 'info', state: '', role: '', reason: '', facts: '' };

/** Every node, its state and its reasons; status.js keeps it up to date through the API. */
export function statusPages({ guards, status }: Pick<PageDeps, 'guards' | 'status'>): Router {
  const router = Router();
  router.get('/status', guards.requireRole('admin'), async (request, response) => {
    const { portals, databases, volume, ...cluster } = clusterWords(await status.now());
    render(request, response, 'status', {
      title: 'Cluster status',
      cluster: { ...cluster, moment: moment(new Date(cluster.at)) },
      portals,
      databases,
      volume,
      blank: BLANK,
    });
  });
  return router;
}
