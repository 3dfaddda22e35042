/** All tools of the page, in the order of the bar. A new one is a folder beside this file and a line here. */
import { AccountTool } from './account';
import { AreaTool } from './area/tool';
import { LazyTool } from './lazy';
import { ImportTool } from './import';
import { PrintTool } from './print';
import { QualityTool } from './quality';
import type { Tool, Workbench } from './tool';

export function toolsOf(page: Workbench): Tool[] {
  return [
    new AreaTool(page),
    new LazyTool(page, { id: 'measure', icon: 'ruler', title: 'measure', keys: [], load: async (own) => (await import('./measure/measure')).measureTool(own) }),
    new LazyTool(page, { id: 'drawn', icon: 'sliders', title: 'drawnTitle', keys: ['ord', 'op'], load: async (own) => new (await import('./drawn')).DrawnTool(own) }),
    new LazyTool(page, { id: 'filter', icon: 'funnel', title: 'filterTitle', keys: ['flt'], load: async (own) => new (await import('./filter')).FilterTool(own) }),
    new LazyTool(page, { id: 'compare', icon: 'swipe', title: 'compareTitle', keys: [], load: async (own) => new (await import('./compare')).CompareTool(own) }),
    new PrintTool(page),
    new LazyTool(page, { id: 'download', icon: 'download', title: 'download', keys: [], load: async (own) => new (await import('./download')).DownloadTool(own) }),
    new QualityTool(page),
    ...(ImportTool.isFor(page) ? [new ImportTool(page)] : []),
    new AccountTool(page),
  ];
}
