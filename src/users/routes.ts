import { Hono } from 'hono'
import type { AppEnv } from '../app/env'

export const userRoutes = new Hono<AppEnv>()
