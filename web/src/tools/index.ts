/** All tools of the page, in the order of the bar. A new one is a folder beside this file and a line here. */
import { AccountTool } from './account';
import { AreaTool } from './area/tool';
import { CompareTool } from './compare';
import { DownloadTool } from './download';
import { DrawnTool } from './drawn';
import { FilterTool } from './filter';
import { ImportTool } from './import';
import { measureTool } from './measure/measure';
import { PrintTool } from './print';
import type { Tool, Workbench } from './tool';

export function toolsOf(page: Workbench): Tool[] {
  return [
    new AreaTool(page),
    measureTool(page),
    new DrawnTool(page),
    new FilterTool(page),
    new CompareTool(page),
    new PrintTool(page),
    new DownloadTool(page),
    ...(ImportTool.isFor(page) ? [new ImportTool(page)] : []),
    new AccountTool(page),
  ];
}
