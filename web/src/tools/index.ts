/** All tools of the page, in the order of the bar. A new one is a folder beside this file and a line here. */
import { AreaTool } from './area/tool';
import { CompareTool } from './compare';
import { DrawnTool } from './drawn';
import { FilterTool } from './filter';
import { measureTool } from './measure/measure';
import type { Tool, Workbench } from './tool';

export function toolsOf(page: Workbench): Tool[] {
  return [
    new AreaTool(page),
    measureTool(page),
    new DrawnTool(page),
    new FilterTool(page),
    new CompareTool(page),
  ];
}
