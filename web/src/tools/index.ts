/** All tools of the page, in the order of the bar. A new one is a folder beside this file and a line here. */
import { AccountTool } from './account';
import { DownloadTool } from './download';
import { PrintTool } from './print';
import type { Tool, Workbench } from './tool';

export function toolsOf(page: Workbench): Tool[] {
  return [
    new PrintTool(page),
    new DownloadTool(page),
    new AccountTool(page),
  ];
}
