import './node/forbidEval.ts'
import './style.css'
import { render } from 'preact'
import { App } from './App.tsx'
import { followNode } from './node/live.ts'

render(<App />, document.getElementById('app')!)
followNode()
