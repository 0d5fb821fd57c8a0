import { Hono } from 'hono'
import type { AppEnv } from '../app/env'

export const channelRoutes = new Hono<AppEnv>()
export const ticketRoutes = new Hono<AppEnv>()
export const socketRoutes = new Hono<AppEnv>()
