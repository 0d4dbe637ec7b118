# This part comes first, so that the plugin is compiled outside of the scope of
# everything else: it sees no pragma and no variable of the launcher.
package Fondaco::Plugin;
sub Fondaco::Loader::compile { return eval $_[0] }
