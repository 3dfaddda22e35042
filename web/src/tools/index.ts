/** All tools of the page, in the order of the bar. A new one is a folder beside this file and a line here. */
import { AccountTool } from './account';
import { LazyTool } from './lazy';
import { PrintTool } from './print';
import type { Tool, Workbench } from './tool';

export function toolsOf(page: Workbench): Tool[] {
  return [
    new LazyTool(page, { id: 'area', icon: 'area', title: 'areaTool', keys: [], takesClicks: true, load: async (own) => new (await import('./area/drawer')).AreaDrawer(own) }),
    new LazyTool(page, { id: 'measure', icon: 'ruler', title: 'measure', keys: [], load: async (own) => (await import('./measure/measure')).measureTool(own) }),
    new LazyTool(page, { id: 'drawn', icon: 'sliders', title: 'drawnTitle', keys: ['ord', 'op'], load: async (own) => new (await import('./drawn')).DrawnTool(own) }),
    new LazyTool(page, { id: 'filter', icon: 'funnel', title: 'filterTitle', keys: ['flt'], load: async (own) => new (await import('./filter')).FilterTool(own) }),
    new LazyTool(page, { id: 'compare', icon: 'swipe', title: 'compareTitle', keys: [], load: async (own) => new (await import('./compare')).CompareTool(own) }),
    new PrintTool(page),
    new LazyTool(page, { id: 'download', icon: 'download', title: 'download', keys: [], load: async (own) => new (await import('./download')).DownloadTool(own) }),
    new LazyTool(page, { id: 'quality', icon: 'check', title: 'qualityTool', keys: [], load: async (own) => new (await import('./quality/drawer')).QualityDrawer(own) }),
    ...(mayImport(page) ? [importTool(page)] : []),
    new AccountTool(page),
  ];
}

/** Whether the caller may load files into one of the catalog's layers. */
function mayImport({ catalog }: Workbench): boolean {
  return catalog.layers.some((layer) => layer.import === true);
}

function importTool(page: Workbench): Tool {
  return new LazyTool(page, { id: 'import', icon: 'upload', title: 'importTool', keys: [], load: async (own) => new (await import('./import/drawer')).ImportDrawer(own) });
}
