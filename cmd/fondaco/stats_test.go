package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/admin"
)

func TestStatsTable(t *testing.T) {
	lingering := []admin.InstanceInfo{{Pid: 7, State: "busy", Lingering: 2, RSS: 3 << 20}}
	s := admin.Stats{Modules: []admin.ModuleInfo{
		{Module: "off", DisabledBy: "ann", Plugins: []admin.PluginInfo{{Plugin: "off.py", Runtime: "process", State: "disabled"}}},
		{Module: "slow", Enabled: true, Plugins: []admin.PluginInfo{
			{Plugin: "slow.py", Runtime: "process", Generation: 3, State: "serving", Queue: admin.QueueInfo{High: 1, Low: 4}, Max: 2, Instances: lingering},
		}},
		{Module: "busy", Enabled: true, Plugins: []admin.PluginInfo{
			{Plugin: "busy.py", Runtime: "process", Generation: 1, State: "serving", Queue: admin.QueueInfo{Low: 1}, Running: 1, Instances: lingering},
		}},
		{Module: "new", Enabled: true, Plugins: []admin.PluginInfo{
			{Plugin: "new.py", Runtime: "process", Generation: 1, State: "starting", Queue: admin.QueueInfo{Low: 1}},
		}},
	}}
	var b strings.Builder
	if err := printStats(&b, s, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^off +off.py +process +- +disabled +0 +0 +0\+0 +0 +- +-$`,
		`(?m)^slow +slow.py +process +3 +serving +0 +0 +1\+4 +0 +1/2 +3.0MiB$`,
		`(?m)^off: disabled by ann$`,
		`(?m)^slow \(slow.py\): calls wait because its instances still work on 2 whose callers have gone$`,
		`(?m)^new \(new.py\): calls wait for its first instance to start$`,
	} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("nothing matches %s in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "busy (busy.py)") {
		t.Errorf("a module that works is explained:\n%s", b.String())
	}
}
